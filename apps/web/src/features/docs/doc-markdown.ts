import type { DocBlock, DocPage } from './doc-page.ts'

/** A page as Markdown, ending in a line feed; links lead to the origin, so that the text can be read anywhere. */
export function docMarkdown(page: DocPage, origin: string): string {
  const parts = [
    `# ${page.title}`,
    page.lead,
    ...page.sections.flatMap(({ title, level, blocks }) => [
      `${'#'.repeat(level)} ${title}`,
      ...blocks.map(markdownOf),
    ]),
  ]
  return `${parts.join('\n\n').replaceAll(/\]\((\/[^)\s]*)\)/g, (_, path: string) => `](${origin}${path})`)}\n`
}

function markdownOf(block: DocBlock): string {
  switch (block.kind) {
    case 'text':
      return block.text
    case 'list':
      return block.items.map((item, at) => `${block.isOrdered ? `${at + 1}.` : '-'} ${item}`).join('\n')
    case 'code':
      return `${fence(block.text)}${block.language}\n${block.text}\n${fence(block.text)}`
    case 'table':
      return [block.head, block.head.map(() => '---'), ...block.rows].map(rowOf).join('\n')
  }
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')).join(' | ')} |`
}

/** Longer than any run of backticks within. */
function fence(words: string): string {
  const longest = Math.max(2, ...[...words.matchAll(/`+/g)].map(([run]) => run.length))
  return '`'.repeat(longest + 1)
}
