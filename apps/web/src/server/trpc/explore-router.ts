import { z } from 'zod'
import { exploreCost } from '../explore/explore-cost.ts'
import { exploreUsage } from '../explore/explore-usage.ts'
import { nowOf, readAsAsked } from '../usage/reading.ts'
import { AddressInput } from './address-input.ts'
import { router, spaceProcedure } from './procedures.ts'

const Address = z.object({ address: AddressInput })

/** Usage and money split, narrowed and compared as an address says. */
export const exploreRouter = router({
  /** One meter. Money stands beside quantities only for whoever may see the space's cost. */
  usage: spaceProcedure('see usage')
    .input(Address)
    .query(({ ctx, input }) =>
      readAsAsked({ access: ctx.access, asOf: input.address.asOf }, (ground) =>
        exploreUsage({ ...ground, address: input.address }),
      ),
    ),

  /** The space's money, also of apps that the caller sees no usage of: it is the whole space's cost. */
  cost: spaceProcedure('see cost')
    .input(Address)
    .query(({ ctx, input }) =>
      readAsAsked({ access: ctx.access, asOf: input.address.asOf }, (ground) =>
        exploreCost({ ...ground, address: input.address, now: nowOf(ground.reading, BigInt(Date.now()) * 1000n) }),
      ),
    ),
})
