-- For wrk: so many requests at once on each connection, as told behind "--".
init = function(args)
  local requests = {}
  for i = 1, tonumber(args[1]) do requests[i] = wrk.format("GET", wrk.path) end
  batch = table.concat(requests)
end

request = function() return batch end
