-- Counts, by client and status, the answers that are errors, those that the edge gives itself among them, and tells of
-- them as Prometheus reads it. HAProxy's own figures know frontends, backends and servers, but no client whom they
-- refuse.
local answers = {}

-- In parentheses, as no client's name is. Whoever sends no token is told from whoever sends one that is not known: a
-- check of whether tokens are asked for is no client in trouble.
local function client_of(txn)
  local name = txn:get_var("txn.name")
  if name then return name end
  return txn:get_var("txn.token") and "(unknown)" or "(none)"
end

local function add(client, status, count)
  local of = answers[client] or {}
  answers[client] = of
  of[status] = (of[status] or 0) + count
end

core.register_action("count_error", { "http-after-res" }, function(txn)
  add(client_of(txn), txn.f:status(), 1)
end)

local function text()
  -- A rise is seen only from a figure that was there before it, so that each client's begins with 0.
  for client in pairs(core.backends["lanes"].servers) do add(client, 429, 0) end
  add("(unknown)", 401, 0)
  add("(none)", 401, 0)
  local lines = {
    "# HELP edge_errors_total Answers with a status of 400 or more, by client",
    "# TYPE edge_errors_total counter",
  }
  for client, of in pairs(answers) do
    for status, count in pairs(of) do
      lines[#lines + 1] = string.format('edge_errors_total{client="%s",status="%d"} %d', client, status, count)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

core.register_service("errors", "http", function(applet)
  local answer = text()
  applet:set_status(200)
  applet:add_header("content-type", "text/plain; version=0.0.4; charset=utf-8")
  applet:add_header("content-length", #answer)
  applet:start_response()
  applet:send(answer)
end)
