// What scripts write to standard error besides saying how far they are (scripts/progress.mjs). Knows the form of those lines.

export function withoutProgress (stderr: string): string {
  return stderr.replace(/^ *(?:\d+ (?:s|min|h) ?)+ {2}\w.*\n/gm, '')
}
