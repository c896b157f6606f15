// What is wrong with a prebuilt binary for Linux, by what readelf, nm and objdump say of it: it would not load everywhere, or not start on a plain
// processor. Knows no package and runs nothing of what it looks at.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'

/** What Node calls. Whatever else were exported could take the place of something in the process, or be replaced by it. */
const EXPORTED = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']

/** What glibc and musl both have, under the same name, and what the weak ones are for: see native/node/sockets.cc. */
const C_LIBRARY = new Set([
  'calloc', 'free', 'malloc', 'realloc', 'memchr', 'memcmp', 'memcpy', 'memmove', 'memset', 'strlen', '__errno_location',
  'accept4', 'bind', 'chmod', 'close', 'dup', 'epoll_create1', 'epoll_ctl', 'epoll_wait', 'getpeername', 'getsockname', 'inet_ntop', 'ioctl', 'listen',
  'recv', 'send', 'setsockopt', 'shutdown', 'socket', 'unlink'
])
const WEAK = new Set(['napi_get_uv_event_loop', 'uv_close', 'uv_poll_init', 'uv_poll_start', 'uv_ref', 'uv_unref'])

function run (command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' }, maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The symbols of a file: of the table `dynamic`, or of the whole one. */
function symbolsOf (file, table) {
  const lines = run('readelf', '-W', table === 'dynamic' ? '--dyn-syms' : '--syms', file).split('\n')
  return lines.map(line => line.trim().split(/\s+/)).filter(([number, , , , , , , name]) => /^\d+:$/.test(number) && name !== undefined)
    .map(([, , , type, bind, , section, name]) => ({ type, bind, section, name }))
}

const isNeeded = ({ bind, section }) => bind !== 'LOCAL' && section === 'UND'

/** The functions that a binary needs of the process which loads it, weak ones left out. */
export function neededOf (file) {
  return symbolsOf(file, 'dynamic').filter(symbol => isNeeded(symbol) && symbol.bind !== 'WEAK').map(({ name }) => name)
}

function findingsOfSymbols (file) {
  const symbols = symbolsOf(file, 'dynamic')
  const exported = symbols.filter(({ bind, section }) => bind !== 'LOCAL' && section !== 'UND').map(({ name }) => name)
  const wanted = symbols.filter(isNeeded)
  const allowed = ({ name, bind }) => bind === 'WEAK' ? WEAK.has(name) : C_LIBRARY.has(name) || /^(napi|node_api)_/.test(name) && !WEAK.has(name)
  return [
    ...exported.filter(name => !EXPORTED.includes(name)).map(name => `exports ${name}`),
    ...EXPORTED.filter(name => !exported.includes(name)).map(name => `does not export ${name}`),
    ...wanted.filter(symbol => !allowed(symbol)).map(({ name, bind }) => `needs ${name} (${bind.toLowerCase()}), which is not on the list`)
  ]
}

/** A C library is there in every process that could load the addon, and its functions are found without being told where. */
function findingsOfLinking (file) {
  const dynamic = run('readelf', '-dW', file)
  const segments = run('readelf', '-lW', file)
  return [
    ...Array.from(dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g), ([, library]) => `needs the library ${library}`),
    ...Array.from(dynamic.matchAll(/\((RPATH|RUNPATH|TEXTREL)\)/g), ([, tag]) => `has ${tag}`),
    ...run('readelf', '-VW', file).includes('No version information') ? [] : ['binds versions of symbols'],
    ...run('readelf', '-hW', file).includes('UNIX - System V') ? [] : ['is for one operating system interface only'],
    ...run('readelf', '-SW', file).includes(' .symtab ') ? ['is not stripped'] : [],
    ...segments.includes('GNU_RELRO') ? [] : ['leaves its tables writable'],
    ...(/GNU_STACK.* RW /).test(segments) ? [] : ['wants an executable stack'],
    ...(/LOAD.* RWE /).test(segments) ? ['has memory that is writable and executable'] : []
  ]
}

/** The findings about a binary that is to be published, as sentences without a subject. */
export function findingsOf (file) {
  return [...findingsOfSymbols(file), ...findingsOfLinking(file)]
}

/**
 * Instructions that not every x86-64 has: those of AVX and later begin with v; SSE3, SSSE3, SSE4, POPCNT, BMI by name. tzcnt is not among them: older
 * processors take it for bsf, which compilers rely on.
 */
const NOT_EVERYWHERE = new RegExp(`^(${[
  'v(?!err|erw)\\w+', 'pshufb', 'palignr', 'ph(add|sub)\\w+', 'pmaddubsw', 'pmulhrsw', 'psign\\w', 'pabs\\w', 'p?blend\\w+', 'ptest', 'pmov[sz]x\\w+',
  'pcmp(eqq|gtq|[ei]str[im])', 'p(ext|ins)r[bdq]', 'p(min|max)(sb|uw|[su]d)', 'pmul(ld|dq)', 'packusdw', 'phminposuw', 'round[ps][sd]', 'dpp[sd]',
  'insertps', 'extractps', 'mpsadbw', 'popcnt', 'lzcnt', 'crc32\\w?', 'movbe', 'andn', 'bextr', 'bls(i|r|msk)', 'bzhi', 'p(dep|ext)', 'rorx',
  '(sar|shl|shr)x', 'mulx', 'aes\\w+', 'pclmul\\w+', 'lddqu', 'mov(s[hl]|d)dup', 'h(add|sub)p[sd]', 'addsubp[sd]'
].join('|')})$`)

function mnemonicsOf (object) {
  return run('objdump', '-d', '--no-show-raw-insn', object).split('\n').map(line => /^\s+[0-9a-f]+:\s+(?:(?:rep[nz]*|lock|bnd|data16|notrack|cs|ds) )*(\w+)/.exec(line)?.[1])
}

function objectsIn (folder) {
  return readdirSync(folder, { recursive: true }).filter(file => file.endsWith('.o')).map(file => path.join(folder, file))
}

/**
 * The findings about the objects of an x64 build (`build/Release/obj.target`): nothing but a kernel may use instructions that not every
 * processor has, and no kernel may hold a function that the linker could take for the rest, which is what an inline one would be.
 */
export function findingsOfObjects (folder) {
  const objects = objectsIn(folder)
  const isKernel = object => /\/kernels\/(avx2|ssse3)\.o$/.test(object)
  const name = object => path.relative(folder, object)
  const uses = object => [...new Set(mnemonicsOf(object).filter(mnemonic => mnemonic !== undefined && NOT_EVERYWHERE.test(mnemonic)))]
  return [
    ...objects.filter(object => !isKernel(object)).flatMap(object => uses(object).map(mnemonic => `${name(object)} uses ${mnemonic}`)),
    ...objects.filter(isKernel).flatMap(object => [
      ...uses(object).length > 0 ? [] : [`${name(object)} has nothing of its own`],
      ...symbolsOf(object, 'whole').filter(({ type, bind, section }) => type === 'FUNC' && bind !== 'LOCAL' && section !== 'UND')
        .map(symbol => `${name(object)} shares the function ${symbol.name}`)
    ]),
    ...objects.filter(isKernel).length === 2 ? [] : ['not both kernels are there']
  ]
}
