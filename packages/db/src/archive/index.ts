// An archive: files that are written once and read back, in a folder or in a store that speaks S3.
// Promises: a file is there whole or not at all, and one that is there is never written over.
// Does not know: what is in a file.
import { createFolderArchive } from './folder-archive.ts'
import { createS3Archive } from './s3-archive.ts'

export interface Archive {
  /** Where it is, for people: without anything secret. */
  place: string
  /** Puts a local file there under a name such as `shard-0001/….parquet`. Throws if one of that name is there. */
  put(name: string, file: string): Promise<void>
  /** Copies a file of the archive to a local one; false if there is none of that name. */
  get(name: string, file: string): Promise<boolean>
}

/**
 * The archive of an address: `s3://bucket/prefix`, with AWS's own variables for keys, region and endpoint, or the path of a folder. Throws an error that says
 * what is missing, without any value.
 */
export function openArchive(address: string, variables: Record<string, string | undefined>): Archive {
  return address.startsWith('s3://') ? createS3Archive(address, variables) : createFolderArchive(address)
}
