import { DocsPage, docsMetadata } from './docs-page.tsx'

export function generateMetadata() {
  return docsMetadata('/docs')
}

/** The reference of the public interface. */
export default function ReferencePage() {
  return <DocsPage path="/docs" />
}
