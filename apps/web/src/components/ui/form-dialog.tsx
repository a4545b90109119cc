'use client'
import { Dialog } from '@base-ui/react/dialog'
import { type FormEvent, type ReactElement, type ReactNode, useRef, useState } from 'react'
import { Button } from './button.tsx'
import { FieldFaults, type FormFaults, faultsOfError, faultsOfForm } from './form-faults.ts'
import { Notice } from './notice.tsx'

export type FormDialogProps = {
  title: string
  /** One or two sentences under the title: what will happen. */
  intro?: ReactNode
  /** The button that opens it, `<Button>…</Button>`; left out where `isOpen` says when. */
  trigger?: ReactElement<Record<string, unknown>>
  isOpen?: boolean
  onOpenChange?: (isOpen: boolean) => void
  /** The fields. */
  children?: ReactNode
  submitLabel: string
  /** What is submitted is taken away for good, or costs money. */
  isDanger?: boolean
  isWide?: boolean
  /**
   * Called with what the fields hold, once the browser finds nothing wrong with them. What it throws is shown: beside the fields that it names, or above
   * the buttons; nothing that was typed is lost. The dialog closes when it resolves, unless with `false`.
   */
  onSubmit: (data: FormData) => Promise<unknown>
}

const NO_FAULTS: FormFaults = { fields: {}, form: null }

/** A form over the page. Focus goes into it and back to where it was; Escape and Cancel leave everything as it was. */
export function FormDialog(props: FormDialogProps) {
  const { title, intro, trigger, submitLabel, isDanger, isWide, children } = props
  const [isOpenHere, setOpenHere] = useState(false)
  const [isPending, setPending] = useState(false)
  const [faults, setFaults] = useState(NO_FAULTS)
  const form = useRef<HTMLFormElement>(null)
  const isOpen = props.isOpen ?? isOpenHere

  const setOpen = (next: boolean) => {
    if (isPending) return
    setFaults(NO_FAULTS)
    setOpenHere(next)
    props.onOpenChange?.(next)
  }
  const show = (found: FormFaults) => {
    setFaults(found)
    // the first field that is wrong, once its words stand there
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
  }
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    event.stopPropagation()
    if (isPending) return
    const found = faultsOfForm(event.currentTarget)
    if (found !== null) return show(found)
    setFaults(NO_FAULTS)
    setPending(true)
    try {
      const done = await props.onSubmit(new FormData(event.currentTarget))
      setPending(false)
      if (done === false) return
      setOpenHere(false)
      props.onOpenChange?.(false)
    } catch (error) {
      setPending(false)
      show(faultsOfError(error))
    }
  }

  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen} disablePointerDismissal>
      {trigger ? <Dialog.Trigger render={trigger} /> : null}
      <Dialog.Portal>
        <Dialog.Backdrop className="kback" />
        <Dialog.Popup className={isWide ? 'kdialog wide' : 'kdialog'}>
          <Dialog.Title>{title}</Dialog.Title>
          {intro ? <Dialog.Description render={<div />}>{intro}</Dialog.Description> : null}
          <form ref={form} noValidate onSubmit={(event) => void submit(event)}>
            <FieldFaults value={faults.fields}>
              <div className="kfields">{children}</div>
            </FieldFaults>
            <div role="alert">{faults.form ? <Notice tone="danger">{faults.form}</Notice> : null}</div>
            <div className="kactions">
              <Dialog.Close className="btn line" disabled={isPending}>
                Cancel
              </Dialog.Close>
              <Button type="submit" kind={isDanger ? 'danger' : 'main'} isPending={isPending}>
                {submitLabel}
              </Button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
