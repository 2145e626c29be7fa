// Chains of four hundred layers, each of which asks the one below.
local base = { x: 1, y:: self.x * 2, z: self.y + 1, list: [1] };
local chain(n) = std.foldl(function(acc, i) acc + { x: super.x + 1, ['f%d' % (i % 50)]: i, list+: [i] }, std.range(1, n), base);
local obj(n) = std.foldl(function(acc, i) acc { x+: 1, ["m"]: { v: i } }, std.range(1, n), base);
[ (chain(400) + { k: k }) { list:: super.list, ll: std.length(self.list), s: std.foldl(function(a, f) a + std.length(f), std.objectFields(self), 0) } for k in std.range(1, 60) ]
