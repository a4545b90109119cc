'use client'
import { type ComponentType, useState } from 'react'

/**
 * A component that is loaded when it is first asked for: menus and dialogs weigh more than the page they open on. `prefetch` fetches it
 * without showing it (pointer or focus is near), `show` fetches and shows it. After a failed load the next call tries again.
 */
export function useOnDemand<Props>(load: () => Promise<ComponentType<Props>>) {
  const [Part, setPart] = useState<ComponentType<Props> | null>(null)
  const prefetch = () => void load().catch(() => {})
  const show = () =>
    void load().then(
      (component) => setPart(() => component),
      () => {},
    )
  return { Part, prefetch, show }
}
