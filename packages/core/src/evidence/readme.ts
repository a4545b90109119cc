/** What a person finds who opens the bundle without knowing it. */
export const README = `This file is the evidence of one charge: everything that one ledger entry of Meterbook follows from.

  manifest.json    which entry of which developer space, and the SHA-256 of every other file
  ledger.jsonl     the developer space's ledger, from the account's first entry of the month to the head
  platform.jsonl   the platform's ledger with the seals of the journal, to its head
  charge.json      which events make up the charge, the journal rows they were taken in with the proof that they are sealed,
                   and the prices
  journal/         those journal rows as they were received, byte by byte
  catalogue/       meters, owners and rights as they were when the events were measured

Check it without any Meterbook running:

  npm run meterbook -- verify bundle.zip

It measures the events again, rates them again and links the entries again, and says whether the charge follows from them. Compare the two
heads that it names with those that Meterbook published, or that you noted earlier: --head SPACE:SEQUENCE:HASH does it.

Without our software: a journal row's digest is the SHA-256 of its file. A leaf is SHA-256 of the texts "leaf", shard, number, kind, app, key, time of
receipt, number of events, digest; a node of the texts "node", left, right (the tree of RFC 6962). An entry's hash is SHA-256 of the texts
"meterbook/ledger/1", space, sequence, previous hash, canonical entry. Each text is written as its length in UTF-8 bytes, a colon, the text, a
comma; an absent one as "-,".
`
