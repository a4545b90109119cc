import { CopyText } from '../../components/ui/copy-text.tsx'
import type { DocBlock, DocPage, DocSection } from './doc-page.ts'
import { DocWords } from './doc-words.tsx'

/** A page of words: what it is for, its parts, and beside them where they are. */
export function DocArticle({ page }: { page: DocPage }) {
  return (
    <main id="main" className="doc" tabIndex={-1}>
      <article>
        <header>
          <h1>{page.title}</h1>
          <p className="doc-lead">
            <DocWords text={page.lead} />
          </p>
        </header>
        {page.sections.map((part) => (
          <DocPart key={part.id} part={part} />
        ))}
        <footer className="sub">
          This page as{' '}
          <a className="link" href={`${page.path}.md`}>
            Markdown
          </a>
          , or all of them in{' '}
          <a className="link" href="/llms.txt">
            llms.txt
          </a>
        </footer>
      </article>
      {page.sections.length > 1 ? <Contents sections={page.sections} /> : null}
    </main>
  )
}

function DocPart({ part }: { part: DocSection }) {
  const Heading = part.level === 2 ? 'h2' : 'h3'
  return (
    <section aria-labelledby={part.id} className={part.level === 2 ? 'major' : undefined}>
      <Heading id={part.id}>
        {part.title}{' '}
        <a className="anchor" href={`#${part.id}`} aria-label={`Link to ${part.title}`}>
          #
        </a>
      </Heading>
      {part.blocks.map((block, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a page never move
        <Block key={at} block={block} />
      ))}
    </section>
  )
}

function Block({ block }: { block: DocBlock }) {
  switch (block.kind) {
    case 'text':
      return (
        <p>
          <DocWords text={block.text} />
        </p>
      )
    case 'list': {
      const items = block.items.map((item) => (
        <li key={item}>
          <DocWords text={item} />
        </li>
      ))
      return block.isOrdered ? <ol>{items}</ol> : <ul>{items}</ul>
    }
    case 'code':
      return (
        <div className="ksnippet">
          <CopyText text={block.text} label={block.label} isBlock />
        </div>
      )
    case 'table':
      return <DocTable block={block} />
  }
}

function DocTable({ block }: { block: Extract<DocBlock, { kind: 'table' }> }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className="tbl" aria-label={block.label} tabIndex={0}>
      <table>
        <caption className="vh">{block.label}</caption>
        <thead>
          <tr>
            {block.head.map((head) => (
              <th key={head} scope="col" className="l">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {block.rows.map((row) => (
            <tr key={row.join('\n')}>
              {row.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its column's
                <td key={at} className="l">
                  <DocWords text={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Contents({ sections }: { sections: readonly DocSection[] }) {
  return (
    <nav className="contents" aria-label="On this page">
      <p className="sub">On this page</p>
      <ol>
        {sections.map(({ id, title, level }) => (
          <li key={id} className={level === 3 ? 'in' : undefined}>
            <a href={`#${id}`}>{title.replace('/api/v1', '')}</a>
          </li>
        ))}
      </ol>
    </nav>
  )
}
