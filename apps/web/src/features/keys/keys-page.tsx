'use client'
// Keys: what an app sends its usage with, how it is made, replaced and ended, and a first event to see it work.
// Promises: a key is on the screen once; what it may and since when it has been quiet stand beside it.
// Does not know: how a key is verified; what an event becomes, which the server tells.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { Segments } from '../../components/ui/segments.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { IssuedKeyNotice } from './issued-key.tsx'
import { TermFields, termsOf } from './key-fields.tsx'
import { type KeyActs, KeyTable } from './key-table.tsx'
import type { IssuedKey, KeyChoices, KeyView } from './key-words.ts'
import { SnippetTabs } from './snippet-tabs.tsx'
import { TestEventBox } from './test-event-box.tsx'

/** The keys of a space's apps; `app`: of one of them, as the address says. */
export function KeysPage({ space, app }: { space: string; app: string | null }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const onSettled = () => queryClient.invalidateQueries({ queryKey: trpc.keys.list.queryKey() })
  const keys = useQuery(trpc.keys.list.queryOptions({ space }))
  const choices = useQuery(trpc.keys.choices.queryOptions({ space }))
  const create = useMutation(trpc.keys.create.mutationOptions({ onSettled }))
  const rotate = useMutation(trpc.keys.rotate.mutationOptions({ onSettled }))
  const revoke = useMutation(trpc.keys.revoke.mutationOptions({ onSettled }))
  const [issued, setIssued] = useState<Pick<IssuedKey, 'key' | 'view'> | null>(null)
  const of = (key: KeyView) => ({ space, app: key.app ?? '', id: key.id })
  const acts: KeyActs = {
    rotate: async (key, input) => setIssued(await rotate.mutateAsync({ ...of(key), ...input })),
    revoke: (key, reason) => revoke.mutateAsync({ ...of(key), reason }),
  }
  const made = async (data: FormData) =>
    setIssued(await create.mutateAsync({ space, app: String(data.get('app')), ...termsOf(data) }))
  const dialog = choices.data ? <CreateKey choices={choices.data} app={app} onSubmit={made} /> : null
  return (
    <main id="main" tabIndex={-1}>
      <PageHead title="Keys" sub="what apps send their usage with">
        {choices.data && choices.data.apps.length > 0 ? dialog : null}
      </PageHead>
      {issued ? (
        <IssuedKeyNotice
          key={issued.view.id}
          name={issued.view.name}
          text={issued.key}
          onDone={() => setIssued(null)}
        />
      ) : null}
      {choices.data ? <AppSegments space={space} app={app} apps={choices.data.apps} /> : null}
      <QueryRegion query={keys} what="The keys">
        {(all) => (
          <KeyTable
            keys={app === null ? all : all.filter((key) => key.app === app)}
            acts={acts}
            empty={
              <EmptyState title={app === null ? 'No app has a key yet' : `${app} has no key yet`}>
                An app sends its usage with a key of its own. It is shown once, and says whose usage it is: nothing in
                an event can.
              </EmptyState>
            }
          />
        )}
      </QueryRegion>
      <QueryRegion query={choices} what="What can be sent">
        {(found) => <FirstEvent space={space} app={app} choices={found} />}
      </QueryRegion>
    </main>
  )
}

function AppSegments({ space, app, apps }: { space: string; app: string | null; apps: KeyChoices['apps'] }) {
  if (apps.length < 2) return null
  const path = `/s/${space}/keys`
  return (
    <div className="ksegs">
      <Segments
        name="Which app"
        options={[
          { key: '', label: 'All apps', href: path, isCurrent: app === null },
          ...apps.map(({ slug, name }) => ({
            key: slug,
            label: name,
            href: `${path}?app=${encodeURIComponent(slug)}`,
            isCurrent: slug === app,
          })),
        ]}
      />
    </div>
  )
}

function CreateKey(props: { choices: KeyChoices; app: string | null; onSubmit: (data: FormData) => Promise<unknown> }) {
  const { choices, app, onSubmit } = props
  return (
    <FormDialog
      title="A new key"
      intro="It is shown once, when it is made. Leave a field empty where it need not be narrower."
      trigger={<Button kind="main">New key</Button>}
      submitLabel="Make the key"
      onSubmit={onSubmit}
    >
      <SelectField
        label="App"
        name="app"
        defaultValue={app ?? choices.apps[0]?.slug}
        options={choices.apps.map(({ slug, name }) => ({ value: slug, label: name }))}
      />
      <TermFields known={{ types: choices.types.map(({ type }) => type), environments: choices.environments }} />
    </FormDialog>
  )
}

function FirstEvent({ space, app: asked, choices }: { space: string; app: string | null; choices: KeyChoices }) {
  const app = asked ?? choices.apps[0]?.slug
  const [picked, setPicked] = useState<string | null>(null)
  const type = picked ?? choices.types[0]?.type
  const choice = choices.types.find((each) => each.type === type)
  if (app === undefined || type === undefined || choice === undefined) {
    return (
      <EmptyState title={app === undefined ? 'No app to send for' : 'No meter measures anything yet'}>
        {app === undefined
          ? 'Once this space has an app that you may see, its first event is sent from here.'
          : 'Who runs the platform defines meters; then there is something to send.'}
      </EmptyState>
    )
  }
  return (
    <div className="kfirst">
      <section aria-labelledby="try-it">
        <h2 id="try-it">Try it as {app}</h2>
        <p className="sub">
          One event by the way of all events, with no key: it is flagged as a test, stands in the environment test, and
          is never billed.
        </p>
        <TestEventBox space={space} app={app} choices={choices} type={type} onType={setPicked} />
      </section>
      <section aria-labelledby="send-it">
        <h2 id="send-it">Send it from your app</h2>
        <p className="sub">
          Set <code>METERBOOK_KEY</code> to a key of {app}. This is usage, and is billed.
        </p>
        <SnippetTabs
          values={{ origin: choices.origin, app, type, needsSubject: choice.needsSubject, data: choice.data }}
        />
      </section>
    </div>
  )
}
