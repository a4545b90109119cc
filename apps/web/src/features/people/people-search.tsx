import { Button } from '../../components/ui/button.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'

const WHO = [
  { value: '', label: 'Everybody' },
  { value: 'platform', label: 'Platform admins' },
]

/** The search, as an address: it works without script, and can be sent to somebody. */
export function PeopleSearch({ text, isPlatformAdmin }: { text: string; isPlatformAdmin: boolean }) {
  return (
    <form className="kbar" action="/admin/people">
      <TextField
        label="Name or address"
        name="q"
        type="search"
        defaultValue={text}
        key={text}
        maxLength={200}
        isOptional
      />
      <SelectField label="Who" name="who" options={WHO} defaultValue={isPlatformAdmin ? 'platform' : ''} isOptional />
      <Button type="submit">Search</Button>
    </form>
  )
}
