'use client'
import { useState } from 'react'
import { curlOf, statementApi, statementFiles } from './statement-address.ts'

const SAID_MS = 2_000

/** The statement as files, on paper, and by the command line. */
export function StatementFiles({ id }: { id: string }) {
  return (
    <section className="files" aria-labelledby="files">
      <h2 className="q" id="files">
        Export
      </h2>
      <div className="acts">
        {statementFiles(id).map(({ name, of, href }) => (
          <a key={href} className="btn line" href={href} download>
            {name} <span className="mut">{of}</span>
          </a>
        ))}
        <button type="button" className="btn line wide" onClick={() => window.print()}>
          Print, or save as PDF
        </button>
        <CopyCurl path={statementApi(id)} />
      </div>
      <p className="sub">Each file says how many rows it has, their checksum, and the ledger entry it was taken at.</p>
    </section>
  )
}

function CopyCurl({ path }: { path: string }) {
  const [said, setSaid] = useState<'copied' | 'failed' | null>(null)
  const copy = () =>
    navigator.clipboard.writeText(curlOf(window.location.origin, path)).then(
      () => say('copied'),
      () => say('failed'),
    )
  const say = (word: 'copied' | 'failed') => {
    setSaid(word)
    setTimeout(() => setSaid(null), SAID_MS)
  }
  return (
    <>
      <button type="button" className="btn line wide" onClick={copy}>
        {said === 'copied' ? 'Copied' : said === 'failed' ? 'The browser did not allow it' : 'Copy as curl'}
      </button>
      <span className="vh" role="status">
        {said === 'copied' ? 'Copied' : ''}
      </span>
    </>
  )
}
