// A reporter of vitest for tests that take minutes: what runs, how much is done and left, on the line of progress.mjs; what is to be kept, such
// as failures, as vitest's own reporters print it. Knows no test.
import { DefaultReporter } from 'vitest/node'
import { Progress } from './progress.mjs'

export default class ProgressReporter extends DefaultReporter {
  #progress = new Progress()
  #files = 0
  #filesDone = 0
  #testsDone = 0
  /** Of the file at work: one is run after the other. */
  #fileTests = 0
  #fileTestsDone = 0
  #running = new Set()

  constructor () {
    super({ summary: false }) // which would write to the same line
  }

  onTestRunStart (specifications) {
    super.onTestRunStart(specifications)
    this.#files = specifications.length
  }

  onTestModuleCollected (module) {
    this.#fileTests = [...module.children.allTests()].length
    this.#fileTestsDone = 0
  }

  onTestCaseReady (test) {
    this.#running.add(test)
    this.#show()
  }

  onTestCaseResult (test) {
    this.#running.delete(test)
    this.#testsDone++
    this.#fileTestsDone++
    super.onTestCaseResult(test)
  }

  onTestModuleEnd (module) {
    this.#filesDone++
    this.#fileTestsDone = 0
    this.#progress.clear()
    super.onTestModuleEnd(module)
    if (this.#filesDone < this.#files) this.#show()
  }

  onTestRunEnd (...args) {
    this.#progress.clear()
    return super.onTestRunEnd(...args)
  }

  #show () {
    const [first, ...others] = this.#running
    const names = first === undefined ? '' : `${first.name}${others.length > 0 ? ` and ${others.length} more` : ''}`
    const done = this.#filesDone + (this.#fileTests > 0 ? this.#fileTestsDone / this.#fileTests : 0)
    const left = done > 0 ? this.#progress.seconds / done * (this.#files - done) : undefined
    this.#progress.show(`${this.#testsDone} tests in ${this.#filesDone} of ${this.#files} files`, { left, detail: names })
  }
}
