'use client'
import { useEffect, useRef } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { CopyText } from '../../components/ui/copy-text.tsx'
import { Notice } from '../../components/ui/notice.tsx'

/** A key at the one moment when it can be seen. It stays until it is put away; leaving the page puts it away too. */
export function IssuedKeyNotice({ name, text, onDone }: { name: string; text: string; onDone: () => void }) {
  const region = useRef<HTMLElement>(null)
  useEffect(() => region.current?.focus(), [])
  return (
    <section ref={region} tabIndex={-1} aria-label={`The new key ${name}`} className="kissued">
      <Notice tone="good" title={`${name}: copy it now, it is shown this once`}>
        <CopyText text={text} label="the key" isBlock />
        <p>Only a hash of it is kept. Whoever has it can send in your name: keep it where your secrets are.</p>
        <Button onClick={onDone}>I have it</Button>
      </Notice>
    </section>
  )
}
