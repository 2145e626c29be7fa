// Large objects made by comprehension, and looked up by name.
local o = { ['key%d' % i]: { id: i, name: 'n' + i, tags: ['a', 'b', i] } for i in std.range(1, 60000) };
local p = { [k]: o[k].id + 1 for k in std.objectFields(o) if o[k].id % 2 == 0 };
{ n: std.length(o), m: std.length(p), sum: std.foldl(function(a, k) a + p[k], std.objectFields(p), 0), o: o }
