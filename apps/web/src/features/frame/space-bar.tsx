'use client'
import Link from 'next/link'
import { FrameBar } from './frame-bar.tsx'
import { useFrame } from './frame-context.tsx'

/** The bar of a page without a period: where it is. `app`: beneath one of the space's apps. */
export function SpaceBar({ place, app }: { place: string; app?: { slug: string; name: string } }) {
  const { space } = useFrame()
  return (
    <FrameBar>
      <nav aria-label="Where this is" className="crumbs">
        <Link href={`/s/${space.slug}`} prefetch={false}>
          {space.name}
        </Link>
        <span aria-hidden="true">/</span>
        {app ? (
          <>
            <Link href={`/s/${space.slug}/apps/${app.slug}`} prefetch={false}>
              {app.name}
            </Link>
            <span aria-hidden="true">/</span>
          </>
        ) : null}
        <span aria-current="page">{place}</span>
      </nav>
    </FrameBar>
  )
}
