import fs from 'node:fs'
const s = JSON.parse(fs.readFileSync('/tmp/wt/demo-home/services.json'))
const base='./'
const { createPool } = await import(base+'packages/db/src/postgres/index.ts')
const { createClickHouse } = await import(base+'packages/db/src/clickhouse/index.ts')
const { readUsageDays } = await import(base+'apps/web/src/server/forecast/read-usage-days.ts')
const { forecastPeriod, backTest, allowanceUses, costDays } = await import(base+'packages/core/src/forecast/index.ts')
const pool = createPool({url:s.postgres.url, connectionsMax:3, name:'C'}); const clickhouse=createClickHouse(s.clickhouse.url)
const slug = process.argv[2]??'fernline'
const sp=(await pool.query('select id, billing_zone as "billingZone" from developer_space where slug=$1',[slug])).rows[0]
const now=BigInt(Date.now())*1000n
let t=performance.now(); const lap=(n)=>{console.log(n, Math.round(performance.now()-t),'ms'); t=performance.now()}
const {readUnsettled}=await import(base+'packages/db/src/settlement/index.ts'); const {readPostedDays,readRatingFacts}=await import(base+'packages/db/src/postgres/index.ts'); await readRatingFacts(pool); lap('facts'); await readPostedDays(pool,{spaceId:sp.id,starts:[0n]}); lap('posted'); await readUnsettled({pool,clickhouse},{spaceId:sp.id,period:{start:now-22n*86400000000n,end:now+8n*86400000000n},asOf:now}); lap('unsettled');const read=await readUsageDays({pool,clickhouse},{space:sp,at:now,now}); lap('read')
if('unavailable' in read){console.log(read);process.exit()}
console.log('asOf',new Date(Number(read.usage.asOf/1000n)).toISOString(), read.usage.days.length,'days', read.usage.accounts.length,'accounts')
const f=forecastPeriod(read.usage,read.period); lap('forecast')
const {path,...rest}=f; console.log(JSON.stringify(rest,null,1)); console.log(path.length)
const b=backTest(read.usage,{periods:read.months.slice(0,6),elapsedDays:21}); lap('backtest'); console.log(JSON.stringify(b,(k,v)=>typeof v==='bigint'?new Date(Number(v/1000n)).toISOString():v,1))
const a=allowanceUses(read.usage,read.period); lap('allow'); 0 && console.table(a.map(x=>({...x, runsOutAt:x.runsOutAt&&new Date(Number(x.runsOutAt/1000n)).toISOString(), usedUpAt:x.usedUpAt&&new Date(Number(x.usedUpAt/1000n)).toISOString()})))
const c=costDays(read.usage,read.period); lap('days'); console.log(c.total, c.apps.map(a=>a.total)); 
console.log('before', costDays(read.before.usage,read.before.period).total)
console.log(c.days.map((d,i)=>c.apps.reduce((s,a)=>s+Number(a.amounts[i]),0).toFixed(2)).join(' '))
await pool.end(); process.exit()
