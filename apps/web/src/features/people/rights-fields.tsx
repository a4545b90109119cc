'use client'
import { useState } from 'react'
import { CheckField } from '../../components/ui/check-field.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { ROLE_WORDS, type RoleName } from './role-words.ts'

export type RightsView = { role: RoleName; isBillingAdmin: boolean; apps: string[] }

const ROLES = Object.entries(ROLE_WORDS).map(([value, { label, may }]) => ({ value, label: `${label}: ${may}` }))

/** What somebody shall be in a space. The apps are asked for where they mean something. */
export function RightsFields({ apps, now }: { apps: { slug: string; name: string }[]; now: RightsView }) {
  const [role, setRole] = useState(now.role)
  return (
    <>
      <SelectField
        label="Role"
        name="role"
        options={ROLES}
        defaultValue={now.role}
        onChange={(event) => setRole(event.currentTarget.value as RoleName)}
      />
      {role === 'developer' ? (
        <fieldset className="kset">
          <legend>Apps they contribute to</legend>
          {apps.length === 0 ? <p className="hint">This developer space has no apps yet.</p> : null}
          {apps.map(({ slug, name }) => (
            <CheckField key={slug} label={name} name="apps" value={slug} defaultChecked={now.apps.includes(slug)} />
          ))}
        </fieldset>
      ) : null}
      <CheckField
        label="Billing admin"
        name="isBillingAdmin"
        hint="Sees what the whole space costs: statements, exports, budgets."
        defaultChecked={now.isBillingAdmin}
      />
    </>
  )
}

/** What the fields hold. */
export function rightsOf(data: FormData): RightsView {
  return {
    role: data.get('role') as RoleName,
    isBillingAdmin: data.get('isBillingAdmin') !== null,
    apps: data.getAll('apps').map(String),
  }
}
