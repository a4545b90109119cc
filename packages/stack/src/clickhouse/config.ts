import { createHash } from 'node:crypto'
import path from 'node:path'
import { writePrivate } from '../private-file.ts'

/** The user that web and workers connect as, on databases named meterbook and meterbook*. */
export const appUser = 'meterbook'

// Those that keep data in ClickHouse itself. None of those that read files, other servers or the network.
const tableEngines = [
  'MergeTree',
  'ReplacingMergeTree',
  'SummingMergeTree',
  'AggregatingMergeTree',
  'CollapsingMergeTree',
  'VersionedCollapsingMergeTree',
  'CoalescingMergeTree',
  'Memory',
  '`Null`',
  'Join',
  '`Set`',
  'Dictionary',
]

/** Writes config.xml and users.xml into `configDir` and answers with the former's path. */
export function writeConfig(options: { configDir: string; logFile: string; password: string }): string {
  const { configDir, logFile, password } = options
  const file = path.join(configDir, 'config.xml')
  writePrivate(path.join(configDir, 'users.xml'), usersXml(password))
  writePrivate(file, configXml(logFile))
  return file
}

// Memory is bounded because this runs on somebody's laptop beside everything else: a query past the bound fails, the
// machine does not. Tables are loaded before anybody is answered: a table that is there before its views takes an insert that the views
// never see.
function configXml(logFile: string): string {
  return `<clickhouse>
  <users_config>users.xml</users_config>
  <logger><log>${xml(logFile)}</log><size>16M</size><count>2</count></logger>
  <max_server_memory_usage>4000000000</max_server_memory_usage>
  <mark_cache_size>268435456</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <max_connections>256</max_connections>
  <keep_alive_timeout>30</keep_alive_timeout>
  <async_load_databases>false</async_load_databases>
${httpHandlers()}
</clickhouse>
`
}

/**
 * Only requests that come as the app's user reach the query handler; any other finds no such page. The program's own
 * session needs a `default` user without a password, so without this anybody on the machine could at least log in as it
 * over HTTP, and stop the listener.
 */
function httpHandlers(): string {
  const rule = (header: string, pattern: string) => `    <rule>
      <methods>POST,GET,OPTIONS,HEAD</methods>
      <headers><${header}>${xml(pattern)}</${header}></headers>
      <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler>
    </rule>`
  return `  <http_handlers>
    <rule><url>/ping</url><methods>GET,HEAD</methods><handler><type>ping</type></handler></rule>
${rule('Authorization', `regex:Basic ${basicPrefix(appUser)}.*`)}
${rule('X-ClickHouse-User', appUser)}
  </http_handlers>`
}

/** Base64 of "<user>:", as far as it is the same whatever the password is. */
function basicPrefix(user: string): string {
  const bytes = Buffer.from(`${user}:`)
  const whole = bytes.length - (bytes.length % 3)
  const [next = ''] = bytes.subarray(whole).toString('base64')
  return `${bytes.subarray(0, whole).toString('base64')}${next}`.replaceAll('+', '\\+')
}

// `default` is the session that the program itself runs in (`--user` is not known to it, and without this user it ends
// with code 516). It may switch the listener on and nothing else: without <grants> it could read any file of the account.
function usersXml(password: string): string {
  const sha256 = createHash('sha256').update(password).digest('hex')
  const grants = [
    `GRANT SHOW, SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, CREATE DICTIONARY, DROP DATABASE, DROP TABLE, DROP VIEW, DROP DICTIONARY, UNDROP TABLE, TRUNCATE, OPTIMIZE, dictGet ON meterbook*.*`,
    ...tableEngines.map((engine) => `GRANT TABLE ENGINE ON ${engine}`),
    'GRANT SELECT ON system.*',
    'GRANT SELECT ON information_schema.*',
    // numbers(), values() and the like need it; tables of this kind live and die with a session.
    'GRANT CREATE TEMPORARY TABLE, CREATE ARBITRARY TEMPORARY TABLE ON *.*',
    'GRANT KILL QUERY ON *.*',
  ]
  return `<clickhouse>
  <profiles><default><max_threads>2</max_threads></default></profiles>
  <quotas><default></default></quotas>
  <users>
    <default>
      <no_password/>
      <networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query></grants>
    </default>
    <${appUser}>
      <password_sha256_hex>${sha256}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      <grants>${grants.map((grant) => `<query>${grant}</query>`).join('\n        ')}</grants>
    </${appUser}>
  </users>
</clickhouse>
`
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
