import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { DocArticle } from '../../features/docs/doc-article.tsx'
import { findDocsPage } from '../../server/docs/docs-pages.ts'

/** A page of words by its path; the page of what does not exist if there is none. */
export function DocsPage({ path }: { path: string }) {
  const page = findDocsPage(path)
  if (page === null) notFound()
  return <DocArticle page={page} />
}

export function docsMetadata(path: string): Metadata {
  const page = findDocsPage(path)
  if (page === null) return {}
  return {
    title: page.title,
    description: page.lead.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1'),
    alternates: { types: { 'text/markdown': `${page.path}.md` } },
  }
}
