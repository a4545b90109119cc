import Link from 'next/link'
import { BrandMark } from '../components/ui/glyph.tsx'

/** For what does not exist, and for what exists but not for whoever asks. */
export default function NotFound() {
  return (
    <main className="lone" id="main">
      <div>
        <p className="brand">
          <BrandMark /> Meterbook
        </p>
        <h1>Nothing here</h1>
        <p className="say">There is no such page, or not one that you may see.</p>
        <p style={{ marginTop: 16 }}>
          <Link className="link" href="/">
            Go to your space
          </Link>
        </p>
      </div>
    </main>
  )
}
