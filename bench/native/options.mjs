// The command line of this folder's scripts: what is wrong with it is said, with the usage, and ends the process. Knows no option.
import { parseArgs } from 'node:util'

/** Ends the process with a message: as the answer when the status is 0. */
export function stop (message, status) {
  (status === 0 ? console.log : console.error)(message)
  process.exit(status)
}

/** The values of `options`, as parseArgs takes them. `--help` shows the usage and where more stands. */
export function readOptions (options, usage, more) {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } })
    return values.help ? stop(`${usage}: see ${more}`, 0) : values
  } catch (error) {
    return stop(`${error.message}\n${usage}`, 2)
  }
}
