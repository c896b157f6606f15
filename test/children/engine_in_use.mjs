// Reports what decodes in this process, that it does, and why it is not the addon.
const { decodeUwsgi, encodeUwsgi, engine, engineError, kernel } = await import(process.argv[2])
const decoded = decodeUwsgi(encodeUwsgi([['REQUEST_METHOD', 'GET']])).get('REQUEST_METHOD')
process.stdout.write(JSON.stringify({ engine, kernel, decoded, ...(engineError && { error: engineError.message, cause: engineError.cause?.code }) }))
