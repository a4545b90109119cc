'use client'
import Link from 'next/link'
import { formatUnit } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'

/**
 * The unit of a figure, as the way to what it means: what counts, by which formula, at which price. `name`: the meter's slug or the capability's key; null
 * where neither is known. Within a space.
 */
export function UnitLink(props: { name: string | null; unit: string; quantity?: string | null }) {
  const { name, unit, quantity } = props
  const { space } = useFrame()
  const words = formatUnit(unit, quantity)
  if (name === null) return <span className="un">{words}</span>
  return (
    <Link className="un unit" href={`/s/${space.slug}/meters#${name}`} prefetch={false} title="What this unit means">
      {words}
    </Link>
  )
}
