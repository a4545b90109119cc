/** What a snippet is made of: the origin as people reach it, the app's slug, and an event that a meter measures. */
export interface SnippetValues {
  origin: string
  app: string
  type: string
  needsSubject: boolean
  /** JSON text. */
  data: string
}

export type SnippetLanguage = 'curl' | 'TypeScript' | 'Python' | 'Go'

/** Programs that send one event and print the receipt. The key comes from the environment: nobody should find it in a file. */
export function snippetsOf(values: SnippetValues): Record<SnippetLanguage, string> {
  return { curl: curl(values), TypeScript: typescript(values), Python: python(values), Go: go(values) }
}

const PATH = '/api/v1/events'

function curl({ origin, app, type, needsSubject, data }: SnippetValues): string {
  const event = [
    `  "specversion": "1.0",`,
    `  "id": "'"$(date +%s)-$$"'",`,
    `  "source": ${quoted(`/${app}`)},`,
    `  "type": ${quoted(type)},`,
    ...(needsSubject ? [`  "subject": "example-1",`] : []),
    `  "data": ${compact(data)}`,
  ].map((line) => (line.startsWith('  "id"') ? line : line.replaceAll("'", "'\\''")))
  return [
    `curl -sS '${origin}${PATH}' \\`,
    `  -H "Authorization: Bearer $METERBOOK_KEY" \\`,
    `  -H 'Content-Type: application/cloudevents+json' \\`,
    `  -H 'Prefer: return=representation' \\`,
    `  -d '{`,
    ...event,
    `}'`,
  ].join('\n')
}

function typescript({ origin, app, type, needsSubject, data }: SnippetValues): string {
  return `import { randomUUID } from 'node:crypto'

const answer = await fetch('${origin}${PATH}', {
  method: 'POST',
  headers: {
    Authorization: \`Bearer \${process.env.METERBOOK_KEY}\`,
    'Content-Type': 'application/cloudevents+json',
    Prefer: 'return=representation',
  },
  body: JSON.stringify({
    specversion: '1.0',
    id: randomUUID(),
    source: ${quoted(`/${app}`)},
    type: ${quoted(type)},${needsSubject ? "\n    subject: 'example-1'," : ''}
    time: new Date().toISOString(),
    data: ${compact(data)},
  }),
})
console.log(answer.status, await answer.text())`
}

function python({ origin, app, type, needsSubject, data }: SnippetValues): string {
  return `import json, os, urllib.request, uuid
from datetime import datetime, timezone

event = {
    "specversion": "1.0",
    "id": str(uuid.uuid4()),
    "source": ${quoted(`/${app}`)},
    "type": ${quoted(type)},${needsSubject ? '\n    "subject": "example-1",' : ''}
    "time": datetime.now(timezone.utc).isoformat(),
    "data": json.loads(${quoted(compact(data))}),
}
request = urllib.request.Request(
    "${origin}${PATH}",
    data=json.dumps(event).encode(),
    headers={
        "Authorization": f"Bearer {os.environ['METERBOOK_KEY']}",
        "Content-Type": "application/cloudevents+json",
        "Prefer": "return=representation",
    },
)
with urllib.request.urlopen(request) as answer:
    print(answer.status, answer.read().decode())`
}

function go({ origin, app, type, needsSubject, data }: SnippetValues): string {
  return `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

func main() {
	event, _ := json.Marshal(map[string]any{
		"specversion": "1.0",
		"id":          fmt.Sprint(time.Now().UnixNano()),
		"source":      ${quoted(`/${app}`)},
		"type":        ${quoted(type)},${needsSubject ? '\n\t\t"subject":     "example-1",' : ''}
		"time":        time.Now().UTC().Format(time.RFC3339Nano),
		"data":        json.RawMessage(${quoted(compact(data))}),
	})
	request, _ := http.NewRequest("POST", "${origin}${PATH}", bytes.NewReader(event))
	request.Header.Set("Authorization", "Bearer "+os.Getenv("METERBOOK_KEY"))
	request.Header.Set("Content-Type", "application/cloudevents+json")
	request.Header.Set("Prefer", "return=representation")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	receipt, _ := io.ReadAll(answer.Body)
	fmt.Println(answer.StatusCode, string(receipt))
}`
}

/** A string as JSON writes it, which all four languages read alike. */
function quoted(text: string): string {
  return JSON.stringify(text)
}

function compact(data: string): string {
  return JSON.stringify(JSON.parse(data))
}
