import type { Metadata } from 'next'
import { DocsPage, docsMetadata } from '../../docs-page.tsx'

type Props = { params: Promise<{ page: string; type: string }> }

const pathOf = async (params: Props['params']) => {
  const { page, type } = await params
  return `/docs/${page}/${type}`
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return docsMetadata(await pathOf(params))
}

/** What the `type` of a problem leads to. */
export default async function PartPage({ params }: Props) {
  return <DocsPage path={await pathOf(params)} />
}
