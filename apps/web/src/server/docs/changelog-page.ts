import { type DocPage, list, section } from '../../features/docs/doc-page.ts'

/** What changed for those who build on the interface; newest first. Nothing here is ever taken back without a line that says so. */
export function changelogPage(): DocPage {
  return {
    path: '/docs/changelog',
    title: 'Changelog',
    lead: 'What changed for those who build on the public interface, newest first.',
    sections: [
      section(
        '2026-11-23',
        list(
          '`GET /api/v1/explore/usage` and `/api/v1/explore/cost`: what the explorers of the portal show at the same address, as JSON or CSV.',
          '`GET /api/v1/usage`: daily rows by app, capability, meter, environment and installation, in pages that keep their place; JSON or CSV.',
          '`GET /api/v1/meters/{idOrSlug}/subjects` and `…/group-by/{key}/values`.',
          '`GET /api/v1/events` knows `type`, `verdict`, `ingestedAtFrom` and `ingestedAtTo`.',
          '`GET /api/v1/openapi.json`: OpenAPI 3.1, made of the schemas that read the requests.',
          'The `type` of a problem is an address with a page of its own. It was `about:blank`.',
          'A `429` names the limit in `violated-policies`.',
          'A meter says which `capability` its usage is billed as.',
        ),
      ),
      section(
        '2026-11-22',
        list(
          'First version: sending events, meters and their query, events and their life, statements with their FOCUS files and evidence, the heads of the ledger’s chains.',
        ),
      ),
    ],
  }
}
