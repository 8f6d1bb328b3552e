% Calls of the gateway with arguments of every kind: a number, or an error with a name.
1;
A = [1 2; 3 4; 5 6];
ij = [1 1; 2 2; 2 1];
kept = nz_fit_mex('create', A, A, ij);
pool = {A, A', ij, [1; 2; 3], 1:3, zeros(3, 0), zeros(0, 2), [], 1, NaN, Inf, -1, 1e300, 2^53, ...
    1i * A, single(A), int8(A), uint64(7), A > 2, 'A', 'C', '', 'text', {A}, {}, struct('A', A), ...
    struct(), @sin, sparse(A), sparse(A > 2), sparse(1i * A), sparse(3, 2), ones(2, 2, 2), eye(3), ...
    eye(2), sparse([1 0; 1 1]), speye(3), [1 2 3; 4 5 6], kept, kept, kept, kept, [1; 2; 3], ij};
commands = {'create', 'destroy', 'count', 'set', 'energy', 'gradient', 'residual', 'jvp', 'vjp', ...
    'gnvp', 'hvp', 'set_hessian_pattern', 'hessian_values', 'nothing'};
rand('twister', 1);
pick = @(from) from{1 + floor(rand() * numel(from))};
refused = computed = 0;
made = {};
for turn = 1:6000
  command = pick(commands);
  if strcmp(command, 'create')
    given = {pick(pool), pick(pool), pick(pool)};
  elseif rand() < 0.7
    given = {kept, pick(pool), pick(pool)}(1:1 + floor(3 * rand()));
  else
    given = {pick(pool), pick(pool), pick(pool), pick(pool)}(1:floor(5 * rand()));
  end
  if strcmp(command, 'destroy') && numel(given) > 0 && isequal(given{1}, kept)
    continue
  end
  try
    found = cell(1, strcmp(command, 'create') || ~any(strcmp(command, {'destroy', 'set', ...
        'set_hessian_pattern'})));
    [found{:}] = nz_fit_mex(command, given{:});
    computed++;
    if strcmp(command, 'create')
      made{end + 1} = found{1};
    end
  catch e
    assert(strncmp(e.identifier, 'nzdiff:', 7), '%s: %s', e.identifier, e.message);
    refused++;
  end
end
for turn = 1:numel(made)
  nz_fit_mex('destroy', made{turn});
end
printf('%d %d %d\n', refused, computed, nz_fit_mex('count'));
