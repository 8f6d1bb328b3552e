// The conventions of libigl: a mesh V, F, lists I, J of where G stores values g, data that is
// prepared once, and results that are written into arguments.
//
//     with_libigl FOLDER       a folder that write_instance.py wrote
#include <Eigen/Sparse>
#include <iostream>

#include "cotmatrix.h"
#include "matrix_market.h"
#include "spectral_coarsening.h"

using Eigen::MatrixXd;
using Eigen::MatrixXi;
using Eigen::VectorXd;
using Eigen::VectorXi;

struct CoarseningData {
    spectral_coarsening *handle = nullptr;
    CoarseningData() = default;
    CoarseningData(const CoarseningData &) = delete;
    CoarseningData &operator=(const CoarseningData &) = delete;
    ~CoarseningData() { spectral_coarsening_destroy(handle); }
};

// Prepare the energy |X - Y G' L G B|^2 of a mesh.
//
// Inputs:
//   V  #V by 3 list of vertex positions
//   F  #F by 3 list of triangle indices
//   X  #C by #K matrix, Y  #C list, B  #C by #K matrix, for #C clusters and #K modes
//   I  #g list of rows of G, J  #g list of columns: G = sparse(I, J, g), #V by #C
// Outputs:
//   data  for coarsening_energy and coarsening_product
// Returns true on success
bool coarsening_precompute(const MatrixXd &V, const MatrixXi &F, const MatrixXd &X,
                           const VectorXd &Y, const MatrixXd &B, const VectorXi &I,
                           const VectorXi &J, CoarseningData &data)
{
    Eigen::SparseMatrix<double> L;
    igl::cotmatrix(V, F, L);
    L = -L; // positive semidefinite
    spectral_coarsening_data given = {};
    given.n = V.rows(), given.m = X.rows(), given.k = X.cols();
    given.X = {X.data(), X.outerStride(), SPECTRAL_COARSENING_BY_COLUMNS};
    given.B = {B.data(), B.outerStride(), SPECTRAL_COARSENING_BY_COLUMNS};
    given.Y = Y.data();
    given.L = {L.nonZeros(), L.innerIndexPtr(), nullptr, L.outerIndexPtr(), L.valuePtr()};
    given.G = {I.size(), I.data(), J.data(), nullptr, nullptr};
    spectral_coarsening_destroy(data.handle);
    return spectral_coarsening_create(&given, &data.handle) == SPECTRAL_COARSENING_OK;
}

// Inputs:
//   data  by coarsening_precompute
//   g  #g list of the stored values of G
// Outputs:
//   E  the energy
//   dE  #g list, its gradient
// Returns true on success
bool coarsening_energy(const CoarseningData &data, const VectorXd &g, double &E, VectorXd &dE)
{
    dE.resize(g.size());
    return spectral_coarsening_energy_and_gradient(data.handle, g.data(), &E, dE.data()) ==
           SPECTRAL_COARSENING_OK;
}

// Inputs:
//   data, g  as above
//   v  #g list, a direction
// Outputs:
//   Hv  #g list, the Hessian times v
// Returns true on success
bool coarsening_product(const CoarseningData &data, const VectorXd &g, const VectorXd &v,
                        VectorXd &Hv)
{
    Hv.resize(g.size());
    return spectral_coarsening_hvp(data.handle, g.data(), v.data(), Hv.data()) ==
           SPECTRAL_COARSENING_OK;
}

// The entries of a sparse matrix, column by column, as igl::find lists them.
static void find(const Eigen::SparseMatrix<double> &G, VectorXi &I, VectorXi &J, VectorXd &g)
{
    I.resize(G.nonZeros()), J.resize(G.nonZeros()), g.resize(G.nonZeros());
    Eigen::Index e = 0;
    for (int column = 0; column < G.outerSize(); column++)
        for (Eigen::SparseMatrix<double>::InnerIterator at(G, column); at; ++at, ++e)
            I(e) = static_cast<int>(at.row()), J(e) = column, g(e) = at.value();
}

static bool agrees(const char *what, double difference, double scale)
{
    std::cout << what << " differs by " << difference / scale << " of what Python found\n";
    return difference <= 1e-12 * scale;
}

int main(int argc, char **argv)
try {
    if (argc != 2)
        throw std::invalid_argument("expected the folder of an instance");
    const std::string folder = std::string(argv[1]) + "/";
    const MatrixXd V = matrix_market::dense(folder + "V.mtx");
    const MatrixXi F = matrix_market::dense<MatrixXi>(folder + "F.mtx");
    const MatrixXd X = matrix_market::dense(folder + "X.mtx");
    const MatrixXd B = matrix_market::dense(folder + "B.mtx");
    const VectorXd Y = matrix_market::dense(folder + "Y.mtx");
    VectorXi I, J;
    VectorXd g, v, dE, Hv, gradient, product;
    find(matrix_market::sparse(folder + "G.mtx"), I, J, g);
    find(matrix_market::sparse(folder + "direction.mtx"), I, J, v);
    find(matrix_market::sparse(folder + "gradient.mtx"), I, J, gradient);
    find(matrix_market::sparse(folder + "product.mtx"), I, J, product);

    CoarseningData data;
    double E = 0;
    if (!coarsening_precompute(V, F, X, Y, B, I, J, data) || !coarsening_energy(data, g, E, dE) ||
        !coarsening_product(data, g, v, Hv))
        throw std::runtime_error(spectral_coarsening_detail(data.handle));

    const double energy = matrix_market::dense(folder + "E.mtx")(0, 0);
    bool ok = agrees("E", std::abs(E - energy), energy);
    ok &= agrees("dE", (dE - gradient).norm(), gradient.norm());
    ok &= agrees("H v", (Hv - product).norm(), product.norm());
    return ok ? 0 : 1;
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 2;
}
