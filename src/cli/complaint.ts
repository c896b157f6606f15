// What the user of a command can put right. Knows no command.

/** Its message goes to stderr, without a stack, and its exit code is that of the command: 1 it failed, 2 the command line is wrong. */
export class Complaint extends Error {
  readonly exitCode: 1 | 2

  constructor (exitCode: 1 | 2, message: string, cause?: unknown) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}

/** What is written to stderr. `command`: whose help has more. */
export function complaintText ({ message, exitCode }: Complaint, command: string): string {
  const more = exitCode === 2 ? `\n'gatewire ${command} --help' explains the options` : ''
  return `gatewire ${command}: ${message}${more}\n`
}
