import type { StatusIncident } from '../../features/status/status-view.ts'
import { incidentTitle } from '../../features/status/status-words.ts'

/** RSS 2.0 of incidents, the newest first. An item is told anew when its incident ends. */
export function statusFeed(incidents: readonly StatusIncident[], origin: string): string {
  const items = incidents.map((incident) => {
    const { kind, what, meter, startedAt, endedAt } = incident
    const id = [kind, what ?? '', meter ?? '', startedAt, endedAt === null ? 'open' : 'resolved'].join(' ')
    const span = endedAt === null ? `Since ${startedAt}; not over yet.` : `From ${startedAt} to ${endedAt}.`
    return `<item>
<title>${escaped(`${incidentTitle(incident)}${endedAt === null ? '' : ' (resolved)'}`)}</title>
<link>${escaped(origin)}/status#incidents</link>
<guid isPermaLink="false">${escaped(id)}</guid>
<pubDate>${new Date(endedAt ?? startedAt).toUTCString()}</pubDate>
<description>${escaped(`${span} ${meter === null ? 'All meters.' : `Meter ${meter}.`}`)}</description>
</item>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0">
<channel>
<title>Meterbook status</title>
<link>${escaped(origin)}/status</link>
<description>Delays of counting, and differences that comparisons found.</description>
${items.join('\n')}
</channel>
</rss>
`
}

/** For text and attributes alike; what XML has no place for is left out. */
function escaped(words: string): string {
  return words
    .replaceAll(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
