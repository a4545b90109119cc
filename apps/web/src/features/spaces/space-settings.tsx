'use client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { Button } from '../../components/ui/button.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { textOf } from '../catalogue/effect-dialog.tsx'
import { FrameBar } from '../frame/frame-bar.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { SpaceFacts } from './space-facts.tsx'

/** For the admins of a space: its name, and what it is billed by. */
export function SpaceSettings({ space }: { space: string }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const router = useRouter()
  const query = useQuery(trpc.developerSpaces.settings.queryOptions({ space }))
  const rename = useMutation(trpc.developerSpaces.rename.mutationOptions())
  return (
    <>
      <FrameBar>
        <span className="lab">Settings</span>
      </FrameBar>
      <main id="main" tabIndex={-1}>
        <PageHead title="Settings" sub={`of ${query.data?.name ?? space}`}>
          {query.data ? (
            <FormDialog
              title="Rename the space"
              trigger={<Button>Rename</Button>}
              submitLabel="Rename"
              onSubmit={async (data) => {
                await rename.mutateAsync({ space, name: textOf(data, 'name'), reason: null })
                await queryClient.invalidateQueries()
                router.refresh()
              }}
            >
              <TextField
                label="Name"
                name="name"
                defaultValue={query.data.name}
                maxLength={200}
                hint={`Its slug, ${space}, and with it every address, stays.`}
              />
            </FormDialog>
          ) : null}
        </PageHead>
        <QueryRegion query={query} what="The settings" height={320}>
          {(found) => <SpaceFacts found={found} />}
        </QueryRegion>
      </main>
    </>
  )
}
