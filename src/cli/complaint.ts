// What the user of a command can put right. Knows no command.

/** Its message goes to stderr, without a stack, and its exit code is that of the command: 1 it failed, 2 the command line is wrong. */
export class Complaint extends Error {
  readonly exitCode: 1 | 2

  constructor (exitCode: 1 | 2, message: string, cause?: unknown) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}
