// Sorting, sets, formats and text of large values.
local rnd(i) = (i * 7919 + 104729) % 1000003;
local a = std.makeArray(60000, function(i) rnd(i));
local objs = std.makeArray(20000, function(i) { id: rnd(i), name: 'name-%05d' % rnd(i), ratio: '%.3f' % (i / 7), s: '%s|%-10s|%x' % [i, 'q', i] });
local sorted = std.sort(a);
local so = std.sort(objs, function(o) o.name);
{ first: sorted[0:5], u: std.length(std.uniq(sorted)), set: std.length(std.set(a)), names: [o.name for o in so[0:10]],
  j: std.length(std.manifestJsonEx(so, '  ')), y: std.length(std.manifestYamlDoc(so[0:3000])), all: so }
