/* Kernels of the problem structured_lqr.
 *
 * E = tr(lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K))
 * dE/dK = 2 R K lyap(A − B K, I) − 2 Bᵀ lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K) lyap(A − B K, I)  at the stored positions
 * plan 52357456fdab
 * workspace: 8 (2·1 + m·n + 2 n·n) bytes
 *
 * Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines structured_lqr
 */
#include "kernels.h"

/* Where one model keeps its numbers: members of eight bytes each, filled by the runtime. */
typedef struct {
    real *A, *B, *K, *Q, *R, *Bt, *KtBt, *t, *domain;
    int64_t m, n;
    uint8_t *done;
    const struct nzdiff_solvers *solvers;
    int threads;
} nzdiff_workspace;

FUNCTION(prepare) { /* what does not depend on g */
    (void)w;
}

