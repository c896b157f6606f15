// Loads the package by import and by require. Reports whether both gave the same functions: there must be one copy of everything.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const imported = await import(process.argv[2])
const required = createRequire(import.meta.url)(fileURLToPath(process.argv[2]).replace(/\.js$/, '.cjs'))
const same = Object.keys(imported).every(name => imported[name] === required[name])
const decoded = required.decodeUwsgi(imported.encodeUwsgi([['REQUEST_METHOD', 'GET']])).get('REQUEST_METHOD')
process.stdout.write(JSON.stringify({ same, decoded }))
