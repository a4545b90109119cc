'use client'
import { createContext } from 'react'

/** What is wrong with the fields of the form around, by their names. */
export const FieldFaults = createContext<Readonly<Record<string, string>>>({})

export type FormFaults = { fields: Record<string, string>; form: string | null }

/** Fields that the browser finds wrong, in words. `data-expected` on a control says what it wants. */
export function faultsOfForm(form: HTMLFormElement): FormFaults | null {
  const fields: Record<string, string> = {}
  for (const control of form.elements) {
    if (!isControl(control) || control.validity.valid || control.name === '') continue
    const expected = control.dataset.expected ?? (control.validity.valueMissing ? 'a value' : control.validationMessage)
    const found = control.value.trim() === '' ? 'nothing' : `“${control.value.slice(0, 60)}”`
    fields[control.name] ??= `Expected ${expected}, found ${found}.`
  }
  return Object.keys(fields).length === 0 ? null : { fields, form: null }
}

function isControl(element: Element): element is HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
  return 'validity' in element && 'value' in element && !(element instanceof HTMLButtonElement)
}

/** What an answer of the server says is wrong. A refusal of the input's form names its fields; anything else is of the whole form. */
export function faultsOfError(error: unknown): FormFaults {
  const message = error instanceof Error ? error.message : 'Something went wrong; nothing was changed.'
  const fields: Record<string, string> = {}
  const rest: string[] = []
  for (const { path, message: words } of issuesOf(message)) {
    const [name] = path.filter((part) => typeof part === 'string')
    if (name === undefined) rest.push(words)
    else fields[name] ??= words
  }
  if (Object.keys(fields).length === 0 && rest.length === 0) return { fields, form: message }
  return { fields, form: rest[0] ?? null }
}

function issuesOf(message: string): { path: (string | number)[]; message: string }[] {
  if (!message.startsWith('[')) return []
  try {
    const issues: unknown = JSON.parse(message)
    if (!Array.isArray(issues)) return []
    return issues.filter((issue) => Array.isArray(issue?.path) && typeof issue.message === 'string')
  } catch {
    return []
  }
}
