// igl::cotmatrix where libigl is at hand (WITH_LIBIGL); else a function of its signature and sign.
#pragma once

#ifdef WITH_LIBIGL
#include <igl/cotmatrix.h>
#else

#include <Eigen/Geometry>
#include <Eigen/Sparse>
#include <vector>

namespace igl {

// The cotangent Laplacian, negative semidefinite.
//
// Inputs:
//   V  #V by 3 list of vertex positions
//   F  #F by 3 list of triangle indices
// Outputs:
//   L  #V by #V matrix, L(i, j) = (cot a + cot b) / 2 for the angles opposite of the edge
inline void cotmatrix(const Eigen::MatrixXd &V, const Eigen::MatrixXi &F,
                      Eigen::SparseMatrix<double> &L)
{
    std::vector<Eigen::Triplet<double>> entries;
    for (Eigen::Index f = 0; f < F.rows(); f++)
        for (int corner = 0; corner < 3; corner++) {
            const int c = F(f, corner), i = F(f, (corner + 1) % 3), j = F(f, (corner + 2) % 3);
            const Eigen::Vector3d a = V.row(i) - V.row(c), b = V.row(j) - V.row(c);
            const double half = 0.5 * a.dot(b) / a.cross(b).norm();
            entries.emplace_back(i, j, half), entries.emplace_back(j, i, half);
            entries.emplace_back(i, i, -half), entries.emplace_back(j, j, -half);
        }
    L.resize(V.rows(), V.rows());
    L.setFromTriplets(entries.begin(), entries.end());
}

} // namespace igl
#endif
