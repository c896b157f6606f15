// Property tests take their input at random; a failure prints its seed. GATEWIRE_SEED=n makes all of them begin with that one.
import fc from 'fast-check'

const seed = process.env['GATEWIRE_SEED']
if (seed !== undefined && seed !== '') fc.configureGlobal({ seed: Number(seed) })
