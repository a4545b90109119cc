'use client'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { CopyText } from '../../components/ui/copy-text.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { useTRPC } from '../portal/trpc.ts'

type Begun = { svg: string; secret: string; backupCodes: string[] }

/** The second factor: set up with a code that proves it, its backup codes shown once. */
export function SecondFactorPart({
  isOn,
  isAdmin,
  onSettled,
}: {
  isOn: boolean
  isAdmin: boolean
  onSettled: () => unknown
}) {
  const trpc = useTRPC()
  const begin = useMutation(trpc.account.beginSecondFactor.mutationOptions())
  const prove = useMutation(trpc.account.proveSecondFactor.mutationOptions({ onSettled }))
  const end = useMutation(trpc.account.endSecondFactor.mutationOptions({ onSettled }))
  const renew = useMutation(trpc.account.renewBackupCodes.mutationOptions())
  const [begun, setBegun] = useState<Begun | null>(null)
  const [codes, setCodes] = useState<string[] | null>(null)
  const password = <TextField label="Your password" name="password" type="password" autoComplete="current-password" />
  return (
    <section className="ksection">
      <h2>Second factor</h2>
      <p className="say">
        {isOn
          ? 'On: after your password, a code of your authenticator app is asked for.'
          : 'Off: your password alone opens your account.'}
      </p>
      {isAdmin && !isOn ? (
        <Notice tone="warning">
          You run the platform: set one up, so that a password that was guessed opens nothing.
        </Notice>
      ) : null}
      <div className="kbar">
        {isOn ? (
          <>
            <FormDialog
              title="New backup codes"
              intro="The ones you have stop working."
              trigger={<Button>New backup codes</Button>}
              submitLabel="Make new ones"
              onSubmit={async (data) => {
                const { backupCodes } = await renew.mutateAsync({ password: String(data.get('password')) })
                setCodes(backupCodes)
              }}
            >
              {password}
            </FormDialog>
            <FormDialog
              title="Remove the second factor?"
              intro="Your password alone opens your account then."
              trigger={<Button kind="danger">Remove it</Button>}
              submitLabel="Remove"
              isDanger
              onSubmit={async (data) => {
                await end.mutateAsync({ password: String(data.get('password')) })
                setCodes(null)
              }}
            >
              {password}
            </FormDialog>
          </>
        ) : (
          <FormDialog
            title="Set up a second factor"
            intro="You need an authenticator app, on your phone or in your password manager."
            trigger={<Button kind={isAdmin ? 'main' : 'line'}>Set it up</Button>}
            submitLabel="Go on"
            onSubmit={async (data) => setBegun(await begin.mutateAsync({ password: String(data.get('password')) }))}
          >
            {password}
          </FormDialog>
        )}
      </div>
      <FormDialog
        title="Scan and enter a code"
        intro="Scan this with your authenticator app, then enter the six digits that it shows."
        isOpen={begun !== null}
        onOpenChange={(isOpen) => isOpen || setBegun(null)}
        submitLabel="Turn it on"
        onSubmit={async (data) => {
          await prove.mutateAsync({ code: String(data.get('code')).replaceAll(/\s/g, '') })
          setCodes(begun?.backupCodes ?? null)
        }}
      >
        {begun ? (
          <>
            {/* biome-ignore lint/performance/noImgElement: a drawing that is in the page already */}
            <img
              className="kqr"
              src={`data:image/svg+xml,${encodeURIComponent(begun.svg)}`}
              alt="QR code of the secret"
            />
            <p className="hint">
              Or type this secret into it: <CopyText text={begun.secret} label="the secret" />
            </p>
          </>
        ) : null}
        <TextField
          label="Code"
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          pattern="\s*(\d\s*){6}"
          expected="the six digits that your app shows"
          isMono
        />
      </FormDialog>
      {codes ? (
        <Notice tone="warning" title="Keep these backup codes: they are shown only now.">
          <p>Each opens your account once, when your app is not at hand.</p>
          <CopyText isBlock text={codes.join('\n')} label="the backup codes" />
        </Notice>
      ) : null}
    </section>
  )
}
