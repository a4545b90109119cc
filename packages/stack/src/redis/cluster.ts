import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'
import { StackFault } from '../fault.ts'
import { freePort } from '../ports.ts'
import { writePrivate } from '../private-file.ts'
import { until } from '../wait.ts'
import { findRedis } from './find.ts'
import { withLibraries } from './server.ts'

const nodesCount = 3
const slotsCount = 16_384
const readyMs = 60_000

/** A Redis Cluster of three servers on this machine, each with a third of the slots, keeping nothing on disk: for tests. */
export interface RedisCluster {
  /** `redis://:password@127.0.0.1:port/?cluster=true`, of the first server. */
  url: string
  /** Each server by itself, to see what it holds. */
  nodes: Redis[]
  stop(): Promise<void>
}

export async function startRedisCluster(password: string): Promise<RedisCluster> {
  const program = await findRedis(process.env, () => {})
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-redis-cluster-'))
  const children: ChildProcess[] = []
  const nodes: Redis[] = []
  const stop = async () => {
    for (const node of nodes) node.disconnect()
    await Promise.all(children.map((child) => end(child)))
    fs.rmSync(home, { recursive: true, force: true })
  }
  try {
    const places: { port: number; busPort: number }[] = []
    for (let number = 0; number < nodesCount; number += 1) {
      const place = { port: await freePort(), busPort: await freePort() }
      places.push(place)
      const dir = path.join(home, String(number))
      fs.mkdirSync(dir)
      const file = path.join(dir, 'redis.conf')
      writePrivate(file, config({ ...place, dir, password }))
      const command = withLibraries(program, [file])
      children.push(spawn(command.file, command.args, { stdio: 'ignore' }))
      nodes.push(connect(place.port, password))
    }
    await mustBe(async () => (await Promise.all(nodes.map((node) => node.ping()))).length === nodesCount)
    for (const [number, node] of nodes.entries()) {
      const [from, to] = [number, number + 1].map((at) => Math.floor((at * slotsCount) / nodesCount)) as [
        number,
        number,
      ]
      await node.call('CLUSTER', 'ADDSLOTSRANGE', from, to - 1)
      const [first] = places
      if (number > 0 && first) await node.call('CLUSTER', 'MEET', '127.0.0.1', first.port, first.busPort)
    }
    await mustBe(async () => {
      const infos = await Promise.all(nodes.map(async (node) => String(await node.call('CLUSTER', 'INFO'))))
      return infos.every(
        (info) => info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodesCount}`),
      )
    })
    return { url: `redis://:${password}@127.0.0.1:${places[0]?.port}/?cluster=true`, nodes, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function config(input: { port: number; busPort: number; dir: string; password: string }): string {
  return `bind 127.0.0.1
port ${input.port}
cluster-enabled yes
cluster-port ${input.busPort}
cluster-announce-ip 127.0.0.1
requirepass ${input.password}
masterauth ${input.password}
dir "${input.dir}"
save ""
appendonly no
daemonize no
`
}

function connect(port: number, password: string): Redis {
  const node = new Redis({ host: '127.0.0.1', port, password, retryStrategy: () => 100 })
  node.on('error', () => {}) // until it listens; who asks meanwhile waits
  return node
}

async function mustBe(isTrue: () => Promise<boolean>): Promise<void> {
  if (!(await until(isTrue, { withinMs: readyMs, everyMs: 50 }))) throw new StackFault('the Redis Cluster is not ready')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
