import type { Metadata } from 'next'
import { DocsPage, docsMetadata } from '../docs-page.tsx'

type Props = { params: Promise<{ page: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return docsMetadata(`/docs/${(await params).page}`)
}

export default async function WordsPage({ params }: Props) {
  return <DocsPage path={`/docs/${(await params).page}`} />
}
