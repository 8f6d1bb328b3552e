// MatrixMarket files as scipy.io.mmwrite writes them: of real or whole numbers, `general`.
#pragma once

#include <Eigen/Sparse>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace matrix_market {

// The rest of a file whose header has these words, after its comments.
inline std::ifstream opened(const std::string &path, const std::string &format)
{
    std::ifstream file(path);
    std::string line, word, found, field, symmetry;
    std::getline(file, line);
    std::istringstream(line) >> word >> word >> found >> field >> symmetry;
    const bool has_numbers = field == "real" || field == "integer";
    if (!file || found != format || symmetry != "general" || !has_numbers)
        throw std::runtime_error(path + ": expected a MatrixMarket file, " + format +
                                 " real general, got: " + line);
    while (file.peek() == '%')
        std::getline(file, line);
    return file;
}

// A sparse matrix with the pattern of the file: zeros that are stored stay.
inline Eigen::SparseMatrix<double> sparse(const std::string &path)
{
    std::ifstream file = opened(path, "coordinate");
    Eigen::Index rows = 0, cols = 0, count = 0;
    file >> rows >> cols >> count;
    std::vector<Eigen::Triplet<double>> entries;
    for (Eigen::Index e = 0, i = 0, j = 0; e < count; e++) {
        double value = 0;
        file >> i >> j >> value;
        entries.emplace_back(static_cast<int>(i - 1), static_cast<int>(j - 1), value);
    }
    if (!file)
        throw std::runtime_error(path + ": ends too early");
    Eigen::SparseMatrix<double> found(rows, cols);
    found.setFromTriplets(entries.begin(), entries.end());
    return found;
}

template <typename Matrix = Eigen::MatrixXd> Matrix dense(const std::string &path)
{
    std::ifstream file = opened(path, "array");
    Eigen::Index rows = 0, cols = 0;
    file >> rows >> cols;
    Matrix found(rows, cols);
    for (Eigen::Index j = 0; j < cols; j++)
        for (Eigen::Index i = 0; i < rows; i++)
            file >> found(i, j);
    if (!file)
        throw std::runtime_error(path + ": ends too early");
    return found;
}

} // namespace matrix_market
