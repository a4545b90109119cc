'use client'
import { BrandMark } from '../components/ui/glyph.tsx'

/** When a page could not be made at all. Regions that only failed to read say so in their own place. */
export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="lone" id="main">
      <div>
        <p className="brand">
          <BrandMark /> Meterbook
        </p>
        <h1>This page could not be shown</h1>
        <p className="say">Nothing that was sent is lost. Try again; if it stays, tell whoever runs this Meterbook.</p>
        {error.digest ? <p className="sub mono">Reference {error.digest}</p> : null}
        <p style={{ marginTop: 16 }}>
          <button type="button" className="btn line" onClick={reset}>
            Try again
          </button>
        </p>
      </div>
    </main>
  )
}
