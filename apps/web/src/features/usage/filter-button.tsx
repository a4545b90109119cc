'use client'
import { useState } from 'react'
import { Popup } from '../../components/ui/popup.tsx'
import { usePageAddress } from './page-address.tsx'
import type { Dimension, FilterOperator, UsageFilter } from './usage-filter.ts'

/** What a page can be filtered by. `values` are those there are, where they are known and few; without, a value is typed. */
export type FilterChoice = { dimension: Dimension; name: string; values?: { value: string; name: string }[] }

/** Adds a filter to the address. */
export function FilterButton({ choices }: { choices: readonly FilterChoice[] }) {
  return (
    <Popup
      className="btn"
      shortcut="f"
      trigger={
        <>
          Filter <kbd className="wide">F</kbd>
        </>
      }
      title="Show only usage where"
      content={(close) => <FilterForm choices={choices} onDone={close} />}
    />
  )
}

function FilterForm({ choices, onDone }: { choices: readonly FilterChoice[]; onDone: () => void }) {
  const { address, href, go } = usePageAddress()
  const [dimension, setDimension] = useState(choices[0]?.dimension)
  const choice = choices.find((option) => option.dimension === dimension)
  if (!choice) return <p className="sub">This page has nothing to filter by.</p>
  const submit = (form: FormData) => {
    const values = form.getAll('value').map(String)
    const filter: UsageFilter = {
      dimension: choice.dimension,
      operator: form.get('operator') as FilterOperator,
      values,
    }
    if (values.length === 0) return
    onDone()
    const others = address.filters.filter(
      (known) => known.dimension !== filter.dimension || known.operator !== filter.operator,
    )
    go(href({ filters: [...others, filter] }))
  }
  return (
    <form action={submit} className="filter-form">
      <div className="field">
        <label htmlFor="filter-dimension">What</label>
        <select
          id="filter-dimension"
          value={choice.dimension}
          onChange={(event) => setDimension(event.target.value as Dimension)}
        >
          {choices.map((option) => (
            <option key={option.dimension} value={option.dimension}>
              {option.name}
            </option>
          ))}
        </select>
      </div>
      <fieldset className="seg radio">
        <legend className="vh">How</legend>
        <label>
          <input type="radio" name="operator" value="in" defaultChecked /> is
        </label>
        <label>
          <input type="radio" name="operator" value="not" /> is not
        </label>
      </fieldset>
      {choice.values ? (
        <fieldset className="filter-values" key={choice.dimension}>
          <legend className="vh">{choice.name}</legend>
          {choice.values.map(({ value, name }) => (
            <label key={value}>
              <input type="checkbox" name="value" value={value} /> {name || 'not named'}
            </label>
          ))}
          {choice.values.length === 0 ? <p className="sub">There is none yet.</p> : null}
        </fieldset>
      ) : (
        <div className="field">
          <label htmlFor="filter-value">{choice.name}</label>
          <input id="filter-value" name="value" maxLength={200} autoComplete="off" />
        </div>
      )}
      <button type="submit" className="btn main" style={{ marginTop: 10, width: '100%' }}>
        Add
      </button>
    </form>
  )
}
