"""scikit-learn's IsolationForest on given rows: JSON of µs of processor time a row by batch size.

isolation-forest.py FILE WIDTH TRAIN TREES ROWS BATCH ...: FILE holds float64 rows, the first TRAIN of them to learn from;
about ROWS rows are scored in each batch size, fewer one by one."""

import json
import sys
import time

import numpy as np
from sklearn.ensemble import IsolationForest

path, width, train, trees, rows_at_least = sys.argv[1], *map(int, sys.argv[2:6])
rows = np.fromfile(path, dtype="<f8").reshape(-1, width)
forest = IsolationForest(n_estimators=trees, max_samples=min(256, train), random_state=1, n_jobs=1)
forest.fit(rows[:train])
probe = rows[train:]
out = {}
for batch in map(int, sys.argv[6:]):
    data = np.resize(probe, (max(batch, min(len(probe), 200)), width))
    calls = max(3, min(rows_at_least // 100, rows_at_least // batch))
    forest.score_samples(data[:batch])
    times = []
    for _ in range(5):
        began = time.process_time()
        for i in range(calls):
            at = (i * batch) % (len(data) - batch + 1)
            forest.score_samples(data[at : at + batch])
        times.append((time.process_time() - began) / calls / batch * 1e6)
    out[batch] = sorted(times)[2]
print(json.dumps(out))
