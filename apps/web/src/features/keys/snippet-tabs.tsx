'use client'
import { Tabs } from '@base-ui/react/tabs'
import { CopyText } from '../../components/ui/copy-text.tsx'
import { type SnippetLanguage, type SnippetValues, snippetsOf } from './snippets.ts'

const LANGUAGES: readonly SnippetLanguage[] = ['curl', 'TypeScript', 'Python', 'Go']

/** Programs that work as they stand, once METERBOOK_KEY is set. */
export function SnippetTabs({ values }: { values: SnippetValues }) {
  const snippets = snippetsOf(values)
  return (
    <Tabs.Root defaultValue="curl" className="ktabs">
      <Tabs.List className="ktablist" aria-label="Language">
        {LANGUAGES.map((language) => (
          <Tabs.Tab key={language} value={language} className="ktab">
            {language}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {LANGUAGES.map((language) => (
        <Tabs.Panel key={language} value={language} className="ksnippet">
          <CopyText text={snippets[language]} label={`the ${language} snippet`} isBlock />
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  )
}
