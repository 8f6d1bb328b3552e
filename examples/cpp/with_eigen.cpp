// Sparse matrices of Eigen in and out: E, dE and H v at the G of an instance, as in Python.
//
//     with_eigen FOLDER        a folder that write_instance.py wrote
#include <Eigen/Sparse>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "matrix_market.h"
#include "spectral_coarsening.h"

using Eigen::MatrixXd;
using Sparse = Eigen::SparseMatrix<double>;
using Handle = std::unique_ptr<spectral_coarsening, decltype(&spectral_coarsening_destroy)>;

static spectral_coarsening_dense given(const MatrixXd &a)
{
    return {a.data(), a.outerStride(), SPECTRAL_COARSENING_BY_COLUMNS};
}

// Eigen stores columns: row indices, and where each column begins.
static spectral_coarsening_sparse given(const Sparse &a)
{
    return {a.nonZeros(), a.innerIndexPtr(), nullptr, a.outerIndexPtr(), a.valuePtr()};
}

static void check(int code, const spectral_coarsening *handle)
{
    if (code)
        throw std::runtime_error(spectral_coarsening_message(code) + std::string(": ") +
                                 spectral_coarsening_detail(handle));
}

static Handle made(const spectral_coarsening_data &data)
{
    spectral_coarsening *handle = nullptr;
    const int code = spectral_coarsening_create(&data, &handle);
    Handle found(handle, spectral_coarsening_destroy);
    check(code, handle);
    return found;
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
    const MatrixXd X = matrix_market::dense(folder + "X.mtx");
    const MatrixXd Y = matrix_market::dense(folder + "Y.mtx");
    const MatrixXd B = matrix_market::dense(folder + "B.mtx");
    const Sparse L = matrix_market::sparse(folder + "L.mtx");
    const Sparse G = matrix_market::sparse(folder + "G.mtx");

    spectral_coarsening_data data = {};
    data.n = G.rows(), data.m = G.cols(), data.k = X.cols();
    data.X = given(X), data.Y = Y.data(), data.B = given(B), data.L = given(L), data.G = given(G);
    const Handle handle = made(data);

    double E = 0;
    Sparse dE = G, Hv = G; // the same pattern, so that the values are in the order of those of G
    const Sparse v = matrix_market::sparse(folder + "direction.mtx");
    check(spectral_coarsening_energy_and_gradient(handle.get(), G.valuePtr(), &E, dE.valuePtr()),
          handle.get());
    check(spectral_coarsening_hvp(handle.get(), G.valuePtr(), v.valuePtr(), Hv.valuePtr()),
          handle.get());

    const double energy = matrix_market::dense(folder + "E.mtx")(0, 0);
    const Sparse gradient = matrix_market::sparse(folder + "gradient.mtx");
    const Sparse product = matrix_market::sparse(folder + "product.mtx");
    bool ok = agrees("E", std::abs(E - energy), energy);
    ok &= agrees("dE", Sparse(dE - gradient).norm(), gradient.norm());
    ok &= agrees("H v", Sparse(Hv - product).norm(), product.norm());
    return ok ? 0 : 1;
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 2;
}
