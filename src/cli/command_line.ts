// The command lines of all subcommands. A page has the options of one of them together with what its help says of each, and is what the
// command line is read by: no option is without its explanation. Knows no option.
import { parseArgs } from 'node:util'
import { Complaint } from './complaint.js'
import { didYouMean } from './nearest.js'

export interface Option {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly multiple?: boolean
  /** What its value is called, as ADDRESS. */
  readonly value?: string
  /** What it does; default, unit and range where it has them. */
  readonly text: string
}

export type Options = Readonly<Record<string, Option>>

/** The values of options; those that were not given are not there. */
export type Values<T extends Options> = {
  [Name in keyof T]?: T[Name]['type'] extends 'boolean' ? boolean : T[Name] extends { readonly multiple: true } ? string[] : string
}

/** A command: what its help has, from top to bottom. */
export interface CommandPage {
  /** As 'serve'. */
  readonly name: string
  readonly usage: readonly string[]
  /** Paragraphs. */
  readonly about: readonly string[]
  /** Without those that every command has. */
  readonly options: Options
  /** What more there is to say, under a title of its own; lines are printed as they are. */
  readonly sections?: ReadonlyArray<readonly [title: string, lines: readonly string[]]>
  readonly exitCodes: Readonly<Record<number, string>>
  /** Command lines, each with what it does. */
  readonly examples: ReadonlyArray<readonly [line: string, what: string]>
}

/** What every command has. */
export const COMMON_OPTIONS: Options = { help: { type: 'boolean', short: 'h', text: 'This text.' } }

export interface Given<T extends Options> {
  readonly values: Values<T>
  readonly positionals: readonly string[]
}

function unknownOption (name: string, options: Options): Complaint {
  const names = Object.keys(options)
  return new Complaint(2, `there is no option ${name}${didYouMean(name, names.map(one => `--${one}`))}`)
}

/**
 * Reads the arguments of a command with these options; Complaint when they are not like that. 'help', when that is asked for, whatever is
 * wrong with the others.
 */
export function readCommandLine<T extends Options> (own: T, args: string[]): Given<T> | 'help' {
  const options: Options = { ...own, ...COMMON_OPTIONS }
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true, allowPositionals: true })
  const given = tokens.filter(token => token.kind === 'option')
  if (given.some(({ name }) => name === 'help')) return 'help'
  for (const { name, rawName, value, inlineValue } of given) {
    const option = options[name]
    if (option === undefined || !Object.hasOwn(options, name)) throw unknownOption(rawName, options)
    if (option.type === 'boolean' && inlineValue === true) throw new Complaint(2, `--${name} takes no value`)
    if (option.type === 'boolean') continue
    const needs = `--${name} needs a value: --${name} ${option.value}`
    if (value === undefined || value === '') throw new Complaint(2, needs)
    if (inlineValue === false && value.startsWith('-') && value.length > 1) throw new Complaint(2, `${needs}; if ${value} is meant, write --${name}=${value}`)
    if (option.multiple !== true && given.filter(other => other.name === name).length > 1) throw new Complaint(2, `--${name} may be given once only`)
  }
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  return { values: values as Values<T>, positionals }
}

/** A value that is one of a few words. */
export function oneOf<T extends string> (option: string, value: string, words: readonly T[]): T {
  const found = words.find(word => word === value)
  if (found !== undefined) return found
  const list = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
  throw new Complaint(2, `--${option} has to be ${list}, not ${JSON.stringify(value)}${didYouMean(value, words)}`)
}

/** An option that is a whole number, or undefined when it is not given. */
export function numberOf (value: string | undefined, option: string, what: string, max: number): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,16}$/.test(value) || Number(value) > max) throw new Complaint(2, `--${option} has to be ${what}`)
  return Number(value)
}
