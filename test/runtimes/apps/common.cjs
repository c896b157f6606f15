// A CommonJS module that uses the package, and reports what came of it.
const codec = require('gatewire')
const client = require('gatewire/client')
const server = require('gatewire/server')
const { exercise } = require('./exercise.cjs')

exercise(codec, server, client).then(report => process.stdout.write(JSON.stringify(report)))
