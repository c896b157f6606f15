// An ES module that uses the package, and reports what came of it. Nothing is awaited outside functions, so it can be bundled as CommonJS, too.
import * as codec from 'gatewire'
import * as client from 'gatewire/client'
import * as server from 'gatewire/server'
import { exercise } from './exercise.cjs'

exercise(codec, server, client).then(report => process.stdout.write(JSON.stringify(report)))
