'use client'
import { use, useId, useState } from 'react'
import { FieldFaults } from '../../components/ui/form-faults.ts'

type Option = { value: string; label: string; note: string }

const FILTER_FROM = 8

/** Some of many: a list of boxes that can be narrowed by a word, and taken all at once. */
export function PickField({
  label,
  name,
  options,
  initial,
}: {
  label: string
  name: string
  options: readonly Option[]
  initial: readonly string[]
}) {
  const id = useId()
  const fault = use(FieldFaults)[name]
  const [picked, setPicked] = useState<ReadonlySet<string>>(() => new Set(initial))
  const [word, setWord] = useState('')
  const shown = options.filter((option) =>
    `${option.label} ${option.note}`.toLowerCase().includes(word.trim().toLowerCase()),
  )
  const isAll = shown.length > 0 && shown.every(({ value }) => picked.has(value))
  const turn = (values: readonly string[], isOn: boolean) =>
    setPicked((now) => {
      const next = new Set(now)
      for (const value of values) {
        if (isOn) next.add(value)
        else next.delete(value)
      }
      return next
    })
  return (
    <fieldset className="pick" aria-describedby={fault ? `${id}-fault` : undefined}>
      <legend>
        {label} <span className="mut num">{picked.size} chosen</span>
      </legend>
      {[...picked].map((value) => (
        <input key={value} type="hidden" name={name} value={value} />
      ))}
      <div className="kbar">
        {options.length >= FILTER_FROM ? (
          <input
            type="search"
            aria-label={`Narrow ${label.toLowerCase()}`}
            placeholder="Narrow"
            value={word}
            onChange={(event) => setWord(event.currentTarget.value)}
          />
        ) : null}
        <button
          type="button"
          className="btn"
          onClick={() =>
            turn(
              shown.map(({ value }) => value),
              !isAll,
            )
          }
        >
          {isAll ? 'None of these' : `All ${shown.length}`}
        </button>
      </div>
      <ul>
        {shown.map(({ value, label: words, note }) => (
          <li key={value}>
            <label>
              <input
                type="checkbox"
                checked={picked.has(value)}
                onChange={(event) => turn([value], event.currentTarget.checked)}
              />
              <span>{words}</span> <span className="mut">{note}</span>
            </label>
          </li>
        ))}
      </ul>
      {fault ? (
        <p className="fault" id={`${id}-fault`}>
          {fault}
        </p>
      ) : null}
    </fieldset>
  )
}
