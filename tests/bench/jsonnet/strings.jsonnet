// Texts that grow step by step, and many that are formatted and joined. Twenty of them: much longer ones end jrsonnet's stack.
local grown(n) = std.foldl(function(text, i) text + std.toString(i) + ';', std.range(1, 10000), 'of %d:' % n);
local pairs(n) = std.foldl(function(text, i) text + 'x' + i + ',', std.range(1, 5000), 'of %d:' % n);
local lines = std.join('', ['line %d: %s\n' % [i, 'v'] for i in std.range(1, 20000)]);
[[std.length(grown(n)), std.length(pairs(n)), std.substr(grown(n), 1000, 20)] for n in std.range(1, 20)] + [std.length(lines)]
